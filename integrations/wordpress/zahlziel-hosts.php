<?php
/**
 * Plugin Name: Zahlziel hosts
 * Description: Sends the calls of a payment plugin whose hosts are fixed to your Zahlziel server instead.
 * Version: 1.1.0
 * License: Apache-2.0
 * Requires PHP: 7.4
 *
 * Put this file into wp-content/mu-plugins and say in wp-config.php which hosts are meant and where they lead:
 *
 *   define( 'ZAHLZIEL_FROM', 'api.example.com, api.playground.example.com, js.example.com' );
 *   define( 'ZAHLZIEL_TO', 'https://pay.example.org' );
 *
 * The first are the hosts that your payment plugin calls, as its documentation or its source names them; the second is
 * your server, scheme and host only. Enter the API user and secret of your shop in the settings of the payment plugin.
 *
 * @package Zahlziel
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/**
 * A host as it is compared: in lower case, without the dot that may end a name.
 *
 * @param string $host A host.
 * @return string
 */
function zahlziel_hosts_name( $host ) {
	return rtrim( strtolower( trim( $host ) ), '.' );
}

/**
 * The hosts to send elsewhere. Where a whole address stands in the setting, its host is meant.
 *
 * @return string[]
 */
function zahlziel_hosts_from() {
	$list = defined( 'ZAHLZIEL_FROM' ) ? constant( 'ZAHLZIEL_FROM' ) : array();
	if ( is_string( $list ) ) {
		$list = explode( ',', $list );
	}
	$hosts = array();
	foreach ( (array) $list as $entry ) {
		$entry = trim( (string) $entry );
		$host  = wp_parse_url( false === strpos( $entry, '//' ) ? '//' . $entry : $entry, PHP_URL_HOST );
		if ( is_string( $host ) && '' !== $host ) {
			$hosts[] = zahlziel_hosts_name( $host );
		}
	}
	return $hosts;
}

/**
 * The server, scheme and host with its port, without a slash at the end; empty where it is not set or not usable.
 *
 * @return string
 */
function zahlziel_hosts_to() {
	$to = defined( 'ZAHLZIEL_TO' ) ? rtrim( (string) constant( 'ZAHLZIEL_TO' ), '/' ) : '';
	$p  = wp_parse_url( $to );
	if ( ! is_array( $p ) || empty( $p['host'] ) || empty( $p['scheme'] ) || array_diff( array_keys( $p ), array( 'scheme', 'host', 'port' ) ) ) {
		return '';
	}
	$local = in_array( $p['host'], array( 'localhost', '127.0.0.1' ), true );
	if ( 'https' !== $p['scheme'] && ! ( $local && 'http' === $p['scheme'] ) ) {
		return ''; // Secrets and names travel: never in the clear.
	}
	if ( in_array( zahlziel_hosts_name( $p['host'] ), zahlziel_hosts_from(), true ) ) {
		return ''; // It would go round in circles.
	}
	return $to;
}

/**
 * Where an address leads now: null if it is none of ours, false if it is but there is no usable server. Path, query and
 * credentials stay; the port was that of the other host.
 *
 * @param string $url An absolute address.
 * @return string|false|null
 */
function zahlziel_hosts_remap( $url ) {
	$p = wp_parse_url( (string) $url );
	if ( ! is_array( $p ) || empty( $p['host'] ) || ! in_array( zahlziel_hosts_name( $p['host'] ), zahlziel_hosts_from(), true ) ) {
		return null;
	}
	$to = zahlziel_hosts_to();
	if ( '' === $to ) {
		return false;
	}
	if ( isset( $p['user'] ) ) {
		$to = str_replace( '://', '://' . $p['user'] . ( isset( $p['pass'] ) ? ':' . $p['pass'] : '' ) . '@', $to );
	}
	return $to . ( isset( $p['path'] ) ? $p['path'] : '/' ) . ( isset( $p['query'] ) ? '?' . $p['query'] : '' );
}

/**
 * Makes a call of the payment plugin to the server instead. A wrong setting ends in an error, so that no order and no
 * secret goes to the fixed host by accident.
 *
 * @param mixed  $answer What another plugin answered already, or false.
 * @param array  $args   The request.
 * @param string $url    Where it wants to go.
 * @return mixed
 */
function zahlziel_hosts_request( $answer, $args, $url ) {
	$to = zahlziel_hosts_remap( $url );
	if ( null === $to ) {
		return $answer;
	}
	if ( false === $to ) {
		return new WP_Error( 'zahlziel_hosts', 'ZAHLZIEL_TO must be https:// with a host and nothing behind it.' );
	}
	if ( isset( $args['headers'] ) && is_array( $args['headers'] ) ) {
		foreach ( array_keys( $args['headers'] ) as $name ) {
			if ( 'host' === strtolower( (string) $name ) ) {
				unset( $args['headers'][ $name ] );
			}
		}
	}
	$args['redirection'] = 0; // The server never redirects these calls.
	// The address is the shop's own setting and no stranger's: it may have a port or be of the house.
	$args['reject_unsafe_urls'] = false;
	return wp_remote_request( $to, $args );
}
add_filter( 'pre_http_request', 'zahlziel_hosts_request', PHP_INT_MAX, 3 );

/**
 * Lets the browser load a script of the payment plugin from the server instead.
 *
 * @param string $src The script's address.
 * @return string
 */
function zahlziel_hosts_script( $src ) {
	$to = zahlziel_hosts_remap( $src );
	return is_string( $to ) ? $to : ( false === $to ? '' : $src );
}
add_filter( 'script_loader_src', 'zahlziel_hosts_script', PHP_INT_MAX );

/**
 * Lets WordPress send the buyer to the payment page of the server.
 *
 * @param string[] $hosts Hosts that a safe redirect may lead to.
 * @return string[]
 */
function zahlziel_hosts_redirect( $hosts ) {
	$to = zahlziel_hosts_to();
	if ( '' !== $to ) {
		$hosts[] = wp_parse_url( $to, PHP_URL_HOST );
	}
	return $hosts;
}
add_filter( 'allowed_redirect_hosts', 'zahlziel_hosts_redirect' );
