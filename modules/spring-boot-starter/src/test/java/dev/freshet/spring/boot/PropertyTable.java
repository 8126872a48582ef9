package dev.freshet.spring.boot;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The two tables of properties on the page for Spring developers, which shorten names that begin alike. */
final class PropertyTable {

    /** The default of a property that has no value unless it is set. */
    static final String NO_VALUE = "none";

    private static final String CACHES = "freshet.defaults.";
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern NAMED_DEFAULT = Pattern.compile("`([a-z-]+)` `([^`]+)`");

    /** Of these the page gives the names once, for servers. */
    private static final List<String> OF_TLS = List.of("ca", "certificate", "key", "bundle");

    private PropertyTable() {}

    /** Returns the default of each property that the page names; those of caches as {@code freshet.defaults.…}. */
    static Map<String, String> parse(String page) {
        Map<String, String> defaults = new TreeMap<>();
        String begin = "";
        for (String line :
                section(page).lines().filter(it -> it.startsWith("|")).toList()) {
            String[] cells = line.split("(?<!\\\\)\\|", -1);
            String names = cells[1].strip();
            if (names.equals("property") || names.equals("`….`")) {
                begin = names.equals("property") ? "" : CACHES;
            } else if (!names.startsWith("---") && !codes(names).get(0).endsWith("…")) {
                addRow(defaults, names(begin, codes(names)), cells[2].strip());
            }
        }
        return defaults;
    }

    private static String section(String page) {
        int begin = page.indexOf("## Properties");
        return page.substring(begin, page.indexOf("\n## ", begin));
    }

    private static List<String> codes(String cell) {
        List<String> codes = new ArrayList<>();
        Matcher code = CODE.matcher(cell);
        while (code.find()) {
            codes.add(code.group(1));
        }
        return codes;
    }

    /** Makes full names of those that follow a full one and leave out what they have in common with it. */
    private static List<String> names(String begin, List<String> shortened) {
        String parent =
                shortened.get(0).substring(0, Math.max(0, shortened.get(0).lastIndexOf('.')));
        List<String> names = new ArrayList<>();
        for (String name : shortened) {
            String full = begin + (name.startsWith(".") ? parent + name : name);
            if (full.endsWith(".tls.…")) {
                OF_TLS.forEach(last -> names.add(full.substring(0, full.length() - 1) + last));
            } else {
                names.add(full);
            }
        }
        return names;
    }

    private static void addRow(Map<String, String> defaults, List<String> names, String cell) {
        List<String> values = codes(cell);
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            String value = values.size() == names.size() ? values.get(i) : described(name, cell);
            if (defaults.put(name, value) != null) {
                throw new AssertionError("the page names " + name + " twice");
            }
        }
    }

    /** What a cell says in words: a name and its value, or the first word for all; off is 0. */
    private static String described(String name, String cell) {
        Matcher named = NAMED_DEFAULT.matcher(cell);
        while (named.find()) {
            if (name.endsWith("." + named.group(1))) {
                return named.group(2);
            }
        }
        if (!name.startsWith(CACHES)) {
            return NO_VALUE;
        }
        String word = cell.split("\\W", 2)[0];
        return word.equals("off") ? "0" : word;
    }
}
