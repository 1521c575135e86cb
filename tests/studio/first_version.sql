CREATE TABLE jobs (
 id VARCHAR NOT NULL, 
 task VARCHAR NOT NULL, 
 owner VARCHAR NOT NULL, 
 state VARCHAR NOT NULL, 
 request JSON NOT NULL, 
 long SMALLINT NOT NULL, 
 engine VARCHAR, 
 why JSON, 
 better JSON, 
 done INTEGER NOT NULL, 
 total INTEGER, 
 unit VARCHAR NOT NULL, 
 preview VARCHAR, 
 notes JSON NOT NULL, 
 error JSON, 
 outputs JSON NOT NULL, 
 result JSON, 
 seed BIGINT, 
 cancel BOOLEAN NOT NULL, 
 runner VARCHAR, 
 created FLOAT NOT NULL, 
 started FLOAT, 
 finished FLOAT, 
 worked FLOAT NOT NULL, 
 changed INTEGER NOT NULL, 
 PRIMARY KEY (id)
);
CREATE INDEX ix_jobs_state ON jobs (state);
CREATE INDEX ix_jobs_owner ON jobs (owner);
CREATE TABLE assets (
 id VARCHAR NOT NULL, 
 owner VARCHAR NOT NULL, 
 kind VARCHAR NOT NULL, 
 name VARCHAR NOT NULL, 
 file VARCHAR NOT NULL, 
 thumb VARCHAR, 
 mime VARCHAR NOT NULL, 
 bytes BIGINT NOT NULL, 
 sha256 VARCHAR NOT NULL, 
 width INTEGER, 
 height INTEGER, 
 seconds FLOAT, 
 created FLOAT NOT NULL, 
 role VARCHAR NOT NULL, 
 job VARCHAR, 
 task VARCHAR, 
 engine VARCHAR, 
 request JSON, 
 seed BIGINT, 
 tags JSON NOT NULL, 
 PRIMARY KEY (id)
);
CREATE INDEX ix_assets_sha256 ON assets (sha256);
CREATE INDEX ix_assets_owner ON assets (owner);
CREATE INDEX ix_assets_created ON assets (created);
