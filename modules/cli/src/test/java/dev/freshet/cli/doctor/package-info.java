/** The doctor's judgement, without a server. */
@NullMarked
package dev.freshet.cli.doctor;

import org.jspecify.annotations.NullMarked;
