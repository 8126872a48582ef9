package dev.freshet.e2e.readme;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the shell commands of a Markdown document; a command with continued lines or a here-document is one. */
public final class Commands {

    private static final Pattern BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

    private Commands() {}

    /** Returns the commands of a document. */
    public static List<String> of(Path document) {
        return in(text(document));
    }

    /** Returns the commands of a section of a document, up to the next of its level. */
    public static List<String> ofSection(Path document, String heading) {
        String text = text(document);
        int begin = text.indexOf("\n## " + heading + "\n");
        if (begin < 0) {
            throw new IllegalArgumentException(document + " has no section " + heading);
        }
        int end = text.indexOf("\n## ", begin + 1);
        return in(end < 0 ? text.substring(begin) : text.substring(begin, end));
    }

    private static String text(Path document) {
        try {
            return Files.readString(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> in(String text) {
        List<String> commands = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(text);
        while (blocks.find()) {
            StringBuilder open = new StringBuilder();
            String until = "";
            for (String line : blocks.group(1).lines().toList()) {
                open.append(open.length() == 0 ? "" : "\n").append(line);
                if (until.isEmpty()) {
                    Matcher hereDocument = Pattern.compile("<<'(\\w+)'").matcher(line);
                    until = hereDocument.find() ? hereDocument.group(1) : "";
                } else if (line.equals(until)) {
                    until = "";
                }
                if (until.isEmpty() && !line.endsWith("\\")) {
                    commands.add(open.toString());
                    open.setLength(0);
                }
            }
        }
        return commands;
    }
}
