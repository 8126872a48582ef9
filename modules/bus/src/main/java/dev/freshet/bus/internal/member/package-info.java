/** What members say of themselves, in rows and messages, and queries that ask for it: awaited positions, dry runs. */
@NullMarked
package dev.freshet.bus.internal.member;

import org.jspecify.annotations.NullMarked;
