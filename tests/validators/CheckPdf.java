import java.io.File;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDDocumentNameDictionary;
import org.apache.pdfbox.pdmodel.PDEmbeddedFilesNameTreeNode;
import org.mustangproject.validator.ZUGFeRDValidator;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/**
 * Validates PDFs: each against PDF/A-3b with veraPDF, and each that carries a
 * factur-x.xml with Mustang too. One line for each file; status 1 if one fails,
 * 2 if there was nothing to validate.
 *
 * java -cp 'jars/*' CheckPdf.java FILE_OR_FOLDER...
 */
public final class CheckPdf {
    private static final PDFAFlavour PROFILE = PDFAFlavour.PDFA_3_B;

    public static void main(String[] args) {
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        LogManager.getLogManager().reset();
        Logger.getLogger("").setLevel(Level.OFF);
        PrintStream out = System.out;
        // The libraries print words of their own: only our lines are wanted.
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        VeraGreenfieldFoundryProvider.initialise();
        List<File> files = new ArrayList<>();
        for (String arg : args) {
            File given = new File(arg);
            File[] inside = given.listFiles((folder, name) -> name.endsWith(".pdf"));
            if (inside == null) {
                files.add(given);
            } else {
                Arrays.sort(inside);
                files.addAll(List.of(inside));
            }
        }
        int failed = 0;
        for (File file : files) {
            String vera = outcome(() -> archive(file));
            String mustang = outcome(() -> carriesInvoice(file) ? invoice(file) : null);
            if (vera.startsWith("FAIL") || mustang.startsWith("FAIL")) {
                failed++;
            }
            out.println(file.getPath() + " verapdf=" + vera + " mustang=" + mustang);
        }
        out.flush();
        System.exit(files.isEmpty() ? 2 : failed == 0 ? 0 : 1);
    }

    private interface Check {
        /** The faults found, or null where the check doesn't apply. */
        Set<String> run() throws Exception;
    }

    private static String outcome(Check check) {
        try {
            Set<String> faults = check.run();
            if (faults == null) {
                return "none";
            }
            return faults.isEmpty() ? "OK" : "FAIL(" + String.join("; ", faults) + ")";
        } catch (Exception | LinkageError error) {
            return "FAIL(" + error + ")";
        }
    }

    private static Set<String> archive(File file) throws Exception {
        Set<String> faults = new LinkedHashSet<>();
        try (PDFAParser parser = Foundries.defaultInstance().createParser(file, PROFILE);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(PROFILE, false)) {
            ValidationResult result = validator.validate(parser);
            for (TestAssertion assertion : result.getTestAssertions()) {
                if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                    String said = assertion.getErrorMessage();
                    faults.add(assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber()
                            + " " + flat(said == null ? assertion.getMessage() : said));
                }
            }
            if (!result.isCompliant() && faults.isEmpty()) {
                faults.add("not compliant");
            }
        }
        return faults;
    }

    private static boolean carriesInvoice(File file) throws Exception {
        try (PDDocument document = Loader.loadPDF(file)) {
            PDDocumentNameDictionary names = document.getDocumentCatalog().getNames();
            PDEmbeddedFilesNameTreeNode embedded = names == null ? null : names.getEmbeddedFiles();
            return embedded != null && embedded.getValue("factur-x.xml") != null;
        }
    }

    private static Set<String> invoice(File file) throws Exception {
        ZUGFeRDValidator validator = new ZUGFeRDValidator();
        validator.disableNotices(); // on XRechnung, which this is not
        String report = validator.validate(file.getPath());
        // Its own verdict forgets the faults of the XMP metadata: the report tells them.
        NodeList told = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(report)))
                .getElementsByTagName("*");
        Set<String> faults = new LinkedHashSet<>();
        boolean valid = validator.wasCompletelyValid();
        for (int i = 0; i < told.getLength(); i++) {
            Element element = (Element) told.item(i);
            switch (element.getTagName()) {
                case "error", "fatal", "exception" -> faults.add(flat(element.getTextContent()));
                case "summary" -> valid &= element.getAttribute("status").equals("valid");
                default -> { }
            }
        }
        if (!valid && faults.isEmpty()) {
            faults.add("not valid: " + flat(report));
        }
        return faults;
    }

    private static String flat(String text) {
        String line = text == null ? "" : text.replaceAll("\\s+", " ").trim();
        return line.length() > 400 ? line.substring(0, 400) + "..." : line;
    }
}
