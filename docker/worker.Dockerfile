# The runner and every Ray node. Build from the repository's root.
FROM python:3.11.14-slim-bookworm

RUN useradd --uid 10001 --create-home searchsvc \
 && install --directory --owner=searchsvc /artifacts

# Compiles the neurons.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends gcc libc6-dev \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /source
COPY constraints.txt ./
RUN pip install --no-cache-dir --constraint constraints.txt hatchling
COPY . .
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --constraint constraints.txt --no-build-isolation ".[server]"

USER 10001
WORKDIR /home/searchsvc
CMD ["python", "-m", "workers"]
