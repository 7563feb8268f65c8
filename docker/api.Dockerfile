# The API, without torch and Ray. Build from the repository's root.
FROM python:3.11.14-slim-bookworm

RUN useradd --uid 10001 --create-home searchsvc \
 && install --directory --owner=searchsvc /artifacts

WORKDIR /source
COPY constraints.txt docker/api-requirements.txt ./
RUN pip install --no-cache-dir --constraint constraints.txt --requirement api-requirements.txt
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation .

USER 10001
WORKDIR /home/searchsvc
CMD ["python", "-m", "api"]
