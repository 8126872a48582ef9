package dev.freshet.service.rights;

import dev.freshet.bus.secret.SecretFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A file of rights: a line for each credential. Lines that are empty or begin with {@code #} do not count. Immutable. */
final class Grants {

    /** Each request is compared with every line. */
    static final int MAX_LINES = 256;

    private static final String WHAT = "the token file";

    private final List<Grant> all;

    private Grants(List<Grant> all) {
        this.all = all;
    }

    /**
     * Reads the file.
     *
     * @param known the rights that there are
     * @throws RuntimeException naming the file, the line and what is wrong with it, without secrets
     */
    static Grants read(Path file, Set<Right> known) {
        List<Grant> grants = new ArrayList<>();
        int number = 0;
        for (String line : SecretFiles.text(WHAT, file).lines().toList()) {
            number++;
            if (line.isBlank() || line.stripLeading().startsWith("#")) {
                continue;
            }
            Grant grant;
            try {
                grant = Grant.parse(line, known);
            } catch (IllegalArgumentException e) {
                throw fault(file, ", line " + number + ": " + e.getMessage());
            }
            if (grants.stream().anyMatch(other -> other.credential().equals(grant.credential()))) {
                throw fault(file, ", line " + number + ": must not repeat the credential of another line");
            }
            grants.add(grant);
        }
        if (grants.isEmpty() || grants.size() > MAX_LINES) {
            throw fault(file, " must hold 1 to " + MAX_LINES + " lines, not " + grants.size());
        }
        return new Grants(grants);
    }

    private static IllegalArgumentException fault(Path file, String why) {
        return new IllegalArgumentException(WHAT + " " + file + why);
    }

    /** Returns what a credential grants, or null. Compares it with every line, so that the time says nothing about any of them. */
    @Nullable
    Grant of(Credential shown) {
        Grant found = null;
        for (Grant grant : all) {
            if (grant.credential().equals(shown)) {
                found = grant;
            }
        }
        return found;
    }
}
