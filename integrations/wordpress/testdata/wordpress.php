<?php
/**
 * WordPress's own filters, HTTP layer and redirects, without its database: what would be read from there stands here.
 */

define( 'WPINC', 'wp-includes' );
define( 'WP_CONTENT_DIR', ABSPATH . 'wp-content' );
define( 'WP_DEBUG', false );

function get_bloginfo( $what ) {
	return 'url' === $what ? 'https://shop.example' : 'test';
}
function home_url() {
	return 'https://shop.example';
}
function site_url() {
	return 'https://shop.example';
}

foreach ( array( 'load.php', 'plugin.php', 'class-wp-error.php', 'functions.php', 'formatting.php', 'kses.php', 'pluggable.php', 'http.php', 'class-wp-http.php', 'class-wp-http-streams.php', 'class-wp-http-curl.php',
	'class-wp-http-proxy.php', 'class-wp-http-cookie.php', 'class-wp-http-encoding.php', 'class-wp-http-response.php', 'class-wp-http-requests-response.php', 'class-wp-http-requests-hooks.php' ) as $file ) {
	require_once ABSPATH . WPINC . '/' . $file;
}
add_filter( 'pre_option', '__return_empty_string' );
