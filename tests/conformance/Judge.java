import java.io.FileInputStream;
import java.io.PrintStream;
import java.util.Properties;
import java.util.TreeMap;
import org.eclipse.dataspacetck.dsp.system.DspSystemLauncher;
import org.eclipse.dataspacetck.runtime.TckRuntime;

/** Runs the Eclipse DSP TCK with the properties file that is named, says its figures, and ends. */
public class Judge {
    public static void main(String[] arguments) throws Exception {
        var properties = new Properties();
        try (var file = new FileInputStream(arguments[0])) {
            properties.load(file);
        }
        var settings = new TreeMap<String, String>();
        properties.forEach((name, value) -> settings.put((String) name, (String) value));
        var builder = TckRuntime.Builder.newInstance()
                .properties(settings)
                .launcher(DspSystemLauncher.class)
                .addPackage("org.eclipse.dataspacetck.dsp.verification");
        if (arguments.length > 1) {
            builder.displayNameMatching(name -> !name.matches("[A-Z_]+:\\d\\d-\\d\\d.*") || name.startsWith(arguments[1]));
        }
        var summary = builder.build().execute();
        var out = new PrintStream(System.out, true);
        summary.getFailures().forEach(failure -> {
            out.println("FAILED " + failure.getTestIdentifier().getDisplayName());
            out.println("       " + String.valueOf(failure.getException()).replace("\n", " "));
        });
        out.printf("DSP TCK: %d passed, %d failed, %d disabled upstream, of %d%n",
                summary.getTestsSucceededCount(), summary.getTestsFailedCount(),
                summary.getTestsSkippedCount(), summary.getTestsFoundCount());
        System.exit(summary.getTestsFailedCount() == 0 && summary.getTestsSucceededCount() > 0 ? 0 : 1);
    }
}
