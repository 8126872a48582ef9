/** Settings: read from a file, variables and arguments, checked, and refused in sentences that name them. */
@NullMarked
package dev.freshet.service.config;

import org.jspecify.annotations.NullMarked;
