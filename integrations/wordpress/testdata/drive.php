<?php
/**
 * Loads the plugin and plays calls of a payment plugin through it. Standard input is JSON: the two settings and the calls;
 * standard output is JSON: what became of each call. Calls with "send" go over the network, others end where they would leave.
 *
 *   php drive.php                       in stand-ins for the few functions of WordPress that the plugin uses
 *   php drive.php /usr/share/wordpress  in the HTTP layer of WordPress itself
 */

error_reporting( E_ALL );
set_error_handler( // A notice in the plugin is a fault; WordPress's own deprecations are not ours.
	function ( $level, $text, $file, $line ) {
		if ( 0 === strpos( $file, dirname( __DIR__ ) ) ) {
			fwrite( STDERR, "$file:$line: $text\n" );
			exit( 1 );
		}
		return true;
	}
);

if ( isset( $argv[1] ) ) {
	define( 'ABSPATH', rtrim( $argv[1], '/' ) . '/' );
	require __DIR__ . '/wordpress.php';
} else {
	define( 'ABSPATH', '/' );
	require __DIR__ . '/standins.php';
}

$play = json_decode( stream_get_contents( STDIN ), true );
foreach ( array( 'ZAHLZIEL_FROM' => 'from', 'ZAHLZIEL_TO' => 'to' ) as $name => $key ) {
	if ( isset( $play[ $key ] ) ) {
		define( $name, $play[ $key ] );
	}
}
require __DIR__ . '/../zahlziel-hosts.php';

$left    = null; // The last call that nobody answered before it left.
$sending = false;
add_filter(
	'pre_http_request',
	function ( $answer, $args, $url ) use ( &$left, &$sending ) {
		if ( false !== $answer ) {
			return $answer;
		}
		$left = array( 'url' => $url, 'args' => $args );
		return $sending ? false : array( 'response' => array( 'code' => 299 ), 'headers' => array(), 'body' => '', 'cookies' => array() );
	},
	PHP_INT_MAX,
	3
);

$became = array();
foreach ( $play['calls'] as $call ) {
	$sending = ! empty( $call['send'] );
	$left    = null;
	switch ( $call['what'] ) {
		case 'request':
			$answer   = wp_remote_request( $call['url'], isset( $call['args'] ) ? $call['args'] : array() );
			$became[] = array(
				'url'     => $left ? $left['url'] : '',
				'args'    => $left ? $left['args'] : null,
				'problem' => $answer instanceof WP_Error ? $answer->get_error_message() : '',
				'status'  => $answer instanceof WP_Error ? 0 : $answer['response']['code'],
				'body'    => $answer instanceof WP_Error ? '' : $answer['body'],
			);
			break;
		case 'script':
			$became[] = array( 'url' => apply_filters( 'script_loader_src', $call['url'], 'pay' ) );
			break;
		case 'redirect':
			$became[] = array( 'url' => wp_validate_redirect( $call['url'], 'refused' ) );
			break;
	}
}
echo json_encode( $became );
