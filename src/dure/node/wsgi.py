"""The pages as a WSGI application, for granian."""

import os

from django.core.wsgi import get_wsgi_application

from dure.node.logs import write_json_lines
from dure.node.options import read

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dure.node.settings")
write_json_lines(read().log_level)
application = get_wsgi_application()
