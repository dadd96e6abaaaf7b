// SPDX-License-Identifier: Apache-2.0
/**
 * CRIU 4.2's options: the table of names, the immutable values, and the three ways in (command
 * line, configuration files, RPC).
 *
 * <p>The parser is a table walked by a small getopt_long of our own, not commons-cli: CRIU's
 * callers rely on what getopt does (options after the verb, {@code -v4}, {@code -vv}, {@code
 * -x1,2}, clusters, unambiguous abbreviations of long names, optional values only after {@code =}),
 * on {@code --no-X} twins, and on a start that costs no time.
 */
package dev.torpor.runtime.option;
