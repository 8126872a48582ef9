package dev.freshet.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** The result of one command line. */
record Outcome(int exitCode, String out, String err) {

    static Outcome of(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = FreshetMain.execute(new PrintWriter(out), new PrintWriter(err), args);
        return new Outcome(exitCode, out.toString(), err.toString());
    }

    List<String> outLines() {
        return out.lines().toList();
    }
}
