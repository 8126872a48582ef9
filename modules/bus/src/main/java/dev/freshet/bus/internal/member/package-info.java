/** What members say about themselves, and questions to them: rows, messages, awaited positions, dry runs. */
@NullMarked
package dev.freshet.bus.internal.member;

import org.jspecify.annotations.NullMarked;
