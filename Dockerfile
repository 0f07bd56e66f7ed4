# Presente as one image: the same program as `make run`, on PostgreSQL and Redis (see docker-compose.yml).
FROM python:3.11-slim-trixie AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.11-slim-trixie
# Chinese, Japanese and Korean letters for the timesheets to sign; pg_dump and pg_restore for `manage.py backup`, of the
# version of the server in docker-compose.yml.
RUN apt-get update && apt-get install --yes --no-install-recommends fonts-droid-fallback postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home presente \
    && install --directory --owner presente --group presente --mode 0700 /data /keys
COPY --from=build /venv /venv
WORKDIR /app
COPY --chown=root:root . .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PRESENTE_DATA=/data \
    PRESENTE_KEYS=/keys \
    PRESENTE_BIND=0.0.0.0 \
    TF_CPP_MIN_LOG_LEVEL=2
USER presente
VOLUME /data /keys
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "manage.py", "run", "web"]
