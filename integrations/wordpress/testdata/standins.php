<?php
/**
 * The functions of WordPress that the plugin uses, as its documentation describes them, without WordPress.
 */

class WP_Error {
	private $message;
	public function __construct( $code, $message ) {
		$this->message = $message;
	}
	public function get_error_message() {
		return $this->message;
	}
}

$standin_filters = array();

function add_filter( $name, $callback, $priority = 10, $accepted = 1 ) {
	global $standin_filters;
	$standin_filters[ $name ][ $priority ][] = array( $callback, $accepted );
	ksort( $standin_filters[ $name ] );
}

function apply_filters( $name, $value, ...$more ) {
	global $standin_filters;
	foreach ( isset( $standin_filters[ $name ] ) ? $standin_filters[ $name ] : array() as $callbacks ) {
		foreach ( $callbacks as list( $callback, $accepted ) ) {
			$value = $callback( ...array_slice( array_merge( array( $value ), $more ), 0, $accepted ) );
		}
	}
	return $value;
}

function wp_parse_url( $url, $component = -1 ) {
	return parse_url( $url, $component );
}

function wp_remote_request( $url, $args = array() ) {
	$args += array( 'method' => 'GET', 'headers' => array(), 'redirection' => 5, 'reject_unsafe_urls' => false );
	return apply_filters( 'pre_http_request', false, $args, $url );
}

function wp_validate_redirect( $url, $fallback ) {
	return in_array( parse_url( $url, PHP_URL_HOST ), apply_filters( 'allowed_redirect_hosts', array( 'shop.example' ) ), true ) ? $url : $fallback;
}
