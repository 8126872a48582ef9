/** What is printed: log lines, without secrets and without what controls a terminal; and the end of a process that has no memory left. */
@NullMarked
package dev.freshet.service.log;

import org.jspecify.annotations.NullMarked;
