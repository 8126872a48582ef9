/** Tests of the auditor. */
@NullMarked
package dev.freshet.audit;

import org.jspecify.annotations.NullMarked;
