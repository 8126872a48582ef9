/** The checks of {@code freshet doctor}, and their findings. */
@NullMarked
package dev.freshet.cli.doctor;

import org.jspecify.annotations.NullMarked;
