package dev.freshet.demo.show;

import dev.freshet.demo.show.Scene.Count;
import dev.freshet.demo.show.Scene.Tile;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws scenes. Pure: what a scene, a width and a style give is always the same. */
public final class Picture {

    private static final int TILE = 19;
    private static final int INSIDE = TILE - 4;
    private static final String BLOCKS = "▁▂▃▄▅▆▇█";
    private static final long[] LEVELS_MICROS = {500, 1_000, 2_000, 5_000, 20_000, 100_000, 1_000_000};

    private Picture() {}

    /** Returns the rows for a terminal. No row is wider than the width, which is at least 20. */
    public static List<String> draw(Scene scene, int width, Style style) {
        List<String> rows = new ArrayList<>();
        rows.add("");
        rows.add(fit(" " + scene.travel(), width, style));
        int perRow = Math.max(1, width / TILE);
        for (int from = 0; from < scene.tiles().size(); from += perRow) {
            rows.addAll(tiles(scene.tiles().subList(from, Math.min(scene.tiles().size(), from + perRow)), style));
        }
        String numbers = "p50 " + millis(scene.medianMicros()) + "  p99 " + millis(scene.slowMicros());
        String name = " " + scene.measure().name() + " ";
        int room = width - name.length() - numbers.length() - 2;
        rows.add(fit(name + sparkline(scene.windowsMicros(), Math.max(0, room)) + "  " + numbers, width, style));
        rows.add(fit(
                " " + seconds(scene) + " · " + scene.writes() + " changes · " + scene.reads() + " reads",
                width,
                style));
        if (!scene.keys().isEmpty()) {
            rows.add(style.coloured(Style.DIM, fit(" " + scene.keys(), width, style)));
        }
        return rows;
    }

    /** Returns the scene in one line of at most 100 columns, for what is no terminal. */
    public static String plain(Scene scene, Style style) {
        String line = seconds(scene) + "  writes " + scene.writes() + "  reads " + scene.reads() + "  "
                + scene.measure().name() + " p50 " + millis(scene.medianMicros()) + " p99 " + millis(scene.slowMicros())
                + "  stale " + scene.stale()
                + "; naive " + scene.naiveStale();
        return fit(line, Screen.PLAIN_COLUMNS, style);
    }

    private static List<String> tiles(List<Tile> tiles, Style style) {
        int counts = tiles.get(0).counts().size();
        List<StringBuilder> rows = new ArrayList<>();
        for (int i = 0; i < counts + 5; i++) {
            rows.add(new StringBuilder());
        }
        for (Tile tile : tiles) {
            String name = fit(tile.name(), INSIDE, style);
            rows.get(0).append(style.shown("┌ " + name + " " + "─".repeat(TILE - 4 - name.length()) + "┐"));
            cell(rows.get(1), tile.state(), tile.isWell() ? Style.GREEN : Style.YELLOW, style);
            cell(rows.get(2), pair("hits", percent(tile)), Style.DIM, style);
            cell(
                    rows.get(3),
                    pair("stale", Long.toString(tile.stale())),
                    tile.stale() == 0 ? Style.GREEN : Style.RED,
                    style);
            for (int i = 0; i < counts; i++) {
                Count count = tile.counts().get(i);
                String value = tile.isNaive() ? "-" : Long.toString(count.value());
                cell(rows.get(4 + i), pair(count.name(), value), Style.DIM, style);
            }
            rows.get(4 + counts).append(style.shown("└" + "─".repeat(TILE - 2) + "┘"));
        }
        return rows.stream().map(StringBuilder::toString).toList();
    }

    private static void cell(StringBuilder row, String text, String colour, Style style) {
        String padded = String.format(Locale.ROOT, "%-" + INSIDE + "s", fit(text, INSIDE, style));
        row.append(style.shown("│ ")).append(style.coloured(colour, padded)).append(style.shown(" │"));
    }

    private static String pair(String name, String value) {
        return name + String.format(Locale.ROOT, "%" + Math.max(1, INSIDE - name.length()) + "s", value);
    }

    private static String percent(Tile tile) {
        return tile.reads() == 0 ? "-" : String.format(Locale.ROOT, "%.1f %%", 100.0 * tile.hits() / tile.reads());
    }

    /** Returns a block for each window; the last ones if there are too many. A block more is about three times as long. */
    static String sparkline(List<Long> windowsMicros, int columns) {
        StringBuilder line = new StringBuilder();
        for (long micros : windowsMicros.subList(Math.max(0, windowsMicros.size() - columns), windowsMicros.size())) {
            int level = 0;
            while (level < LEVELS_MICROS.length && micros > LEVELS_MICROS[level]) {
                level++;
            }
            line.append(micros == 0 ? ' ' : BLOCKS.charAt(level));
        }
        return line.toString();
    }

    /** Returns a time as people say it, like 0.8 ms or 1.9 s; a dash for none. */
    public static String millis(long micros) {
        if (micros <= 0) {
            return "-";
        }
        return micros < 1_000_000
                ? String.format(Locale.ROOT, micros < 10_000 ? "%.1f ms" : "%.0f ms", micros / 1e3)
                : String.format(Locale.ROOT, "%.1f s", micros / 1e6);
    }

    private static String seconds(Scene scene) {
        return String.format(Locale.ROOT, "%.1f s", scene.elapsed().toMillis() / 1e3);
    }

    /** Returns the text in characters that the output has, and at most this wide. */
    static String fit(String text, int width, Style style) {
        String shown = style.shown(text);
        return shown.length() <= width ? shown : shown.substring(0, Math.max(0, width - 1)) + style.shown("…");
    }
}
