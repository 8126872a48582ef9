/** What {@code freshet doctor} looks at, and what it says about it. */
@NullMarked
package dev.freshet.cli.doctor;

import org.jspecify.annotations.NullMarked;
