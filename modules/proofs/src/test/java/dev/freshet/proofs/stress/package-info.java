/** Many threads against a register that knows the truth. */
@NullMarked
package dev.freshet.proofs.stress;

import org.jspecify.annotations.NullMarked;
