package dev.freshet.service.config;

import java.util.Collection;

/** Finds the name that a user probably meant. */
public final class Suggestion {

    /** Nobody misspells a name by so much; comparing takes time and memory in proportion. */
    private static final int MAX_WRITTEN = 100;

    private Suggestion() {}

    /** Returns "; did you mean …?" with the nearest candidate, or an empty text if no candidate is near. */
    public static String of(String written, Collection<String> candidates) {
        if (written.length() > MAX_WRITTEN) {
            return "";
        }
        String best = "";
        int bestDistance = Math.max(2, written.length() / 4) + 1;
        for (String candidate : candidates) {
            int distance = distance(written, candidate);
            if (distance < bestDistance) {
                bestDistance = distance;
                best = candidate;
            }
        }
        return best.isEmpty() ? "" : "; did you mean " + best + "?";
    }

    /** Returns how many characters must be added, removed or replaced; a swap of two neighbours counts once. */
    private static int distance(String a, String b) {
        int[][] table = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    table[i][j] = i + j;
                    continue;
                }
                int replaced = table[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                table[i][j] = Math.min(replaced, Math.min(table[i - 1][j], table[i][j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    table[i][j] = Math.min(table[i][j], table[i - 2][j - 2] + 1);
                }
            }
        }
        return table[a.length()][b.length()];
    }
}
