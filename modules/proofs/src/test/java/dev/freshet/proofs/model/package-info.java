/** Random histories, one step at a time, against an oracle too simple to be wrong. */
@NullMarked
package dev.freshet.proofs.model;

import org.jspecify.annotations.NullMarked;
