/**
 * The command {@code freshet}. {@link dev.freshet.cli.FreshetMain} parses the command line; each subcommand is a class. They
 * use Redis through {@code dev.freshet.bus}.
 */
@NullMarked
package dev.freshet.cli;

import org.jspecify.annotations.NullMarked;
