# One image for every program of the product; docker-compose.yml says which runs where.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements/runtime.txt /tmp/runtime.txt
RUN /opt/venv/bin/pip install --quiet --require-hashes -r /tmp/runtime.txt
COPY . /srv/helpdesk
WORKDIR /srv/helpdesk
# Static files are collected here once, compressed and under names that carry their content; the
# words of these variables are for this step only and reach no running container.
RUN HELPDESK_MODE=production SECRET_KEY=build ALLOWED_HOSTS=build PUBLIC_URL=https://build \
    DATABASE_URL=sqlite:////tmp/build.sqlite3 REDIS_URL=redis://build EMAIL_URL=dummymail:// \
    MAIL_DOMAIN=build.example HELPDESK_DATA=/tmp/build-data \
    /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /opt/venv/bin/python -m compileall -q helpdesk metrics tickets knowledge_base departments

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HELPDESK_MODE=production HELPDESK_DATA=/var/lib/helpdesk
RUN useradd --system --uid 10001 --home-dir /var/lib/helpdesk --create-home helpdesk
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/helpdesk /srv/helpdesk
WORKDIR /srv/helpdesk
USER helpdesk
VOLUME /var/lib/helpdesk
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "deploy/healthy.py", "http", "8000", "/healthz"]
CMD ["python", "-m", "granian", "helpdesk.wsgi:application", "--interface", "wsgi", \
     "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "8", \
     "--no-ws", "--log-level", "error", "--workers-kill-timeout", "5"]
