/**
 * Who may do what at a data port: callers show a token or a client certificate, and a file says which rights in which regions each has.
 * Begin to read at {@link dev.freshet.service.rights.Doorkeeper}.
 */
@NullMarked
package dev.freshet.service.rights;

import org.jspecify.annotations.NullMarked;
