FROM python:3.13-slim
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir . && rm -rf /src
WORKDIR /home/safelight
RUN useradd --create-home safelight
USER safelight
# The first load of the specs fills a cache in the user's home, so that containers start fast.
RUN safelight specs list > /dev/null
EXPOSE 4010 4011
HEALTHCHECK --interval=5s --timeout=2s --start-period=5s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:4010/health', timeout=2)"]
# A container is reached from outside, so the control API needs a token: docker run -e SAFELIGHT_CONTROL_TOKEN=…
ENTRYPOINT ["safelight", "serve", "--host", "0.0.0.0"]
