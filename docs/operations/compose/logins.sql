-- Runs once, when the database of docker-compose.yml is made. The service gets a login of its own that can only take the
-- roles it needs: it owns nothing, and row-level security binds it. What the worker may do across tenants it may do only
-- after taking that role. Migrations use the administrator's login.
\getenv service_password SERVICE_PASSWORD

CREATE ROLE inventory_owner NOLOGIN;
CREATE ROLE inventory_app NOLOGIN;
CREATE ROLE inventory_worker NOLOGIN;
CREATE ROLE inventory_reader NOLOGIN;
CREATE ROLE inventory_service LOGIN PASSWORD :'service_password';
GRANT inventory_app TO inventory_service;
GRANT inventory_worker TO inventory_service WITH INHERIT FALSE;
GRANT inventory_reader TO inventory_service WITH INHERIT FALSE;
