# Shared by scripts/check and scripts/nightly: tools of the machine, a private
# PostgreSQL and an unpacked WordPress that live exactly as long as the script.
# Sourced by bash with `set -euo pipefail`.

pg_bin=/usr/lib/postgresql/15/bin
pg_dir=
pg_job=
wp_dir=

step() { printf '\n== %s\n' "$*"; }

fail() {
	printf 'FAILED: %s\n' "$*" >&2
	exit 1
}

# sources lists the project's own files of a name pattern, also where there is no git.
sources() {
	find . \( -path ./.git -o -path ./bin -o -path ./data -o -name node_modules \) -prune -o -name "$1" -type f -print | sed 's|^\./||' | sort
}

# need_packages installs the Debian packages whose programs are missing.
# Without root it only says which ones.
need_packages() {
	local missing=()
	[ -n "${ZAHLZIEL_TEST_POSTGRES:-}" ] || [ -x "$pg_bin/initdb" ] || missing+=(postgresql-15)
	command -v chromium >/dev/null || missing+=(chromium)
	command -v pdftoppm >/dev/null || missing+=(poppler-utils)
	command -v xmllint >/dev/null || missing+=(libxml2-utils)
	command -v zbarimg >/dev/null || missing+=(zbar-tools)
	command -v node >/dev/null || missing+=(nodejs)
	command -v npm >/dev/null || missing+=(npm)
	command -v php >/dev/null || missing+=(php-cli)
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		fail "these Debian packages are missing: ${missing[*]}. Install them (apt-get install ${missing[*]}) and run again."
	fi
	step "install ${missing[*]}"
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# unpack_wordpress puts WordPress, out of the Debian package and not installed, into a temporary folder and exports
# ZAHLZIEL_TEST_WORDPRESS. A folder named there is used instead when there is one.
unpack_wordpress() {
	[ -z "${ZAHLZIEL_TEST_WORDPRESS:-}" ] || return 0
	step "unpack WordPress"
	clean_up_at_exit
	wp_dir=$(mktemp -d /tmp/zahlziel-wordpress.XXXXXX)
	chmod 755 "$wp_dir"
	(cd "$wp_dir" && { apt-get download -qq wordpress || { apt-get update -qq && apt-get download -qq wordpress; }; } >/dev/null 2>&1 && dpkg-deb -x wordpress_*.deb .) ||
		fail "apt-get download wordpress does not work. Unpack WordPress somewhere and set ZAHLZIEL_TEST_WORDPRESS to the folder that holds wp-includes."
	export ZAHLZIEL_TEST_WORDPRESS="$wp_dir/usr/share/wordpress"
}

# clean_up_at_exit makes the script take away what it made, however it ends.
clean_up_at_exit() {
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

clean_up() {
	stop_postgres
	[ -z "$wp_dir" ] || rm -rf "$wp_dir"
}

# as_postgres runs a command as the user a PostgreSQL server accepts: it
# refuses to run as root.
as_postgres() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
	else
		"$@"
	fi
}

free_port() {
	local port
	while :; do
		port=$((20000 + RANDOM % 12000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

# start_postgres starts a throw-away cluster on a free loopback port and exports
# ZAHLZIEL_TEST_POSTGRES. Durability stays on: the tests are about it.
# A server named in ZAHLZIEL_TEST_POSTGRES is used instead when there is one.
start_postgres() {
	if [ -n "${ZAHLZIEL_TEST_POSTGRES:-}" ]; then
		step "PostgreSQL: using the server in ZAHLZIEL_TEST_POSTGRES"
		return
	fi
	clean_up_at_exit
	pg_dir=$(mktemp -d /tmp/zahlziel-pg.XXXXXX)
	[ "$(id -u)" != 0 ] || chown postgres "$pg_dir"
	(cd "$pg_dir" && as_postgres "$pg_bin/initdb" -D "$pg_dir/data" -U postgres -A trust \
		--encoding=UTF8 --locale=C >"$pg_dir/initdb.log" 2>&1) || fail "initdb: $(tail -n 5 "$pg_dir/initdb.log")"

	local port try
	for try in 1 2 3 4 5; do
		port=$(free_port)
		as_postgres "$pg_bin/postgres" -D "$pg_dir/data" -p "$port" \
			-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 \
			-c fsync=on -c synchronous_commit=on </dev/null >"$pg_dir/server.log" 2>&1 &
		pg_job=$!
		if wait_for_postgres "$port"; then
			export ZAHLZIEL_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
			step "PostgreSQL: private server on port $port"
			return
		fi
		echo "PostgreSQL did not start on port $port (try $try)" >&2
	done
	fail "PostgreSQL does not start: $(tail -n 5 "$pg_dir/server.log")"
}

wait_for_postgres() {
	local _
	for _ in $(seq 100); do
		kill -0 "$pg_job" 2>/dev/null || return 1
		"$pg_bin/pg_isready" -q -h 127.0.0.1 -p "$1" && return 0
		sleep 0.1
	done
	return 1
}

# stop_postgres ends the server we started, by its process id, and removes its files.
stop_postgres() {
	local pid
	if [ -n "$pg_job" ] && pid=$(head -n 1 "$pg_dir/data/postmaster.pid" 2>/dev/null); then
		kill -INT "$pid" 2>/dev/null || true
		wait "$pg_job" 2>/dev/null || true
	fi
	[ -z "$pg_dir" ] || rm -rf "$pg_dir"
}
