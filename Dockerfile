# The studio with page, REST and MCP on port 7860; files live in the volume /data.
#   docker build -t atelier .                                   with CUDA
#   docker build -t atelier --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cpu .
#   docker run --init --gpus all -p 127.0.0.1:7860:7860 -v atelier:/data atelier

FROM python:3.11-slim-bookworm AS packages
ARG TORCH_INDEX=https://pypi.org/simple
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /build
COPY requirements.txt requirements-web.txt ./
RUN grep -E '^torch(vision)?==' requirements.txt > torch.txt \
    && pip install --index-url "$TORCH_INDEX" --extra-index-url https://pypi.org/simple -r torch.txt \
    && pip install -r requirements.txt -r requirements-web.txt

FROM python:3.11-slim-bookworm
COPY packages.txt /tmp/packages.txt
RUN apt-get update \
    && xargs -r apt-get install -y --no-install-recommends < /tmp/packages.txt \
    && rm -rf /var/lib/apt/lists/* /tmp/packages.txt \
    && useradd --create-home --uid 1000 user \
    && install -d -o user -g user /data
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/home/user \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/home/user/.cache/numba
WORKDIR /home/user/app
COPY --chown=user . .
USER user
RUN python -m studio warm
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
# A hosted home is found out by its own variables; only elsewhere is this the plain image.
CMD ["sh", "-c", "[ -n \"$SPACE_ID$MODELSCOPE_ENVIRONMENT\" ] || export STUDIO_HOME=docker; exec python app.py"]
