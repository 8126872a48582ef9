/**
 * The one command users type. {@link dev.freshet.cli.FreshetMain} reads the command line; each subcommand is a class. What
 * they need from Redis they ask of {@code dev.freshet.bus}.
 */
@NullMarked
package dev.freshet.cli;

import org.jspecify.annotations.NullMarked;
