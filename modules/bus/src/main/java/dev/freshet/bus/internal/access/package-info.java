/** Who this client is and whom it trusts: passwords, certificates and keys, from files or from the user's code. */
@NullMarked
package dev.freshet.bus.internal.access;

import org.jspecify.annotations.NullMarked;
