"""Libraries of footage: what is in which film, and when. The truth about them is in the studio's database; indexes are made from it."""
