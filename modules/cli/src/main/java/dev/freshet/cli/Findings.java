package dev.freshet.cli;

import dev.freshet.cli.doctor.Finding;
import dev.freshet.cli.doctor.Finding.Level;
import dev.freshet.service.log.Secrets;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prints findings, for people and for programs. */
final class Findings {

    private Findings() {}

    static long faults(List<Finding> findings) {
        return findings.stream()
                .filter(finding -> finding.level() == Level.FAULT)
                .count();
    }

    /** Returns the number of faults, in words. */
    static String count(List<Finding> findings) {
        long faults = faults(findings);
        return faults == 0 ? "no fault" : faults == 1 ? "1 fault" : faults + " faults";
    }

    /** Prints a line for each finding, and below it what to do. */
    static void print(PrintWriter out, List<Finding> findings) {
        for (Finding finding : findings) {
            String label = finding.level() == Level.FAULT
                    ? "FAULT"
                    : finding.level().name().toLowerCase(Locale.ROOT);
            out.println(
                    String.format(Locale.ROOT, "%-6s %s: %s", label, finding.check(), Secrets.mask(finding.text())));
            if (finding.remedy() != null) {
                out.println("       -> " + finding.remedy());
            }
        }
    }

    static Map<String, Object> asMap(Finding finding) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("level", finding.level().name().toLowerCase(Locale.ROOT));
        map.put("check", finding.check());
        map.put("text", Secrets.mask(finding.text()));
        map.put("remedy", finding.remedy());
        return map;
    }
}
