#!/usr/bin/env bash
# MySQL's image runs it once, when the data folder is empty: the hub's user, who may read the feature tables and no more.
set -euo pipefail
mysql --user=root --password="$MYSQL_ROOT_PASSWORD" <<SQL
CREATE USER hub@'%' IDENTIFIED BY '$HUB_PASSWORD';
GRANT SELECT ON features.* TO hub@'%';
SQL
