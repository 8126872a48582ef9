/** Tests of the doctor's checks, without a server. */
@NullMarked
package dev.freshet.cli.doctor;

import org.jspecify.annotations.NullMarked;
