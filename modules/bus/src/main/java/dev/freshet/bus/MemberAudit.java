package dev.freshet.bus;

import dev.freshet.schema.Position;
import org.jspecify.annotations.Nullable;

/**
 * What a live member says that it holds.
 *
 * @param id the member's id
 * @param name what people call it
 * @param position up to where it had applied the log just before it looked; null: it joins, or has not answered
 * @param held what it holds; null: it has not answered in time, or cannot tell
 * @param whyNot why it cannot tell; null: it has told, or has not answered
 */
public record MemberAudit(
        String id,
        String name,
        @Nullable Position position,
        @Nullable Audited held,
        @Nullable String whyNot) {}
