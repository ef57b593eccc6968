"""`python -m benchmarks._bare_serve`: the bare application, served exactly as the product's pages are."""

import os
from typing import cast

import uvicorn
from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi_typing import WSGIApp
from django.core.wsgi import get_wsgi_application

if __name__ == "__main__":
    uvicorn.run(
        WSGIMiddleware(cast("WSGIApp", get_wsgi_application()), workers=8),
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=30,
        server_header=False,
        backlog=4096,
    )
