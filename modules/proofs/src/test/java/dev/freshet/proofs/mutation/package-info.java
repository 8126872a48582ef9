/** What all simulations share: a promise that was broken, a protection that is switched off, a history made shorter. */
@NullMarked
package dev.freshet.proofs.mutation;

import org.jspecify.annotations.NullMarked;
