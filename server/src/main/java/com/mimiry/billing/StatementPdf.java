package com.mimiry.billing;

import com.mimiry.platform.Money;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Objects;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.font.PDType0Font;
import org.jspecify.annotations.Nullable;

/** Sets a statement on A4 pages. */
final class StatementPdf implements AutoCloseable {
    private static final String FONT = "/org/apache/pdfbox/resources/ttf/LiberationSans-Regular.ttf";
    private static final float LEFT = 50;
    private static final float RIGHT = PDRectangle.A4.getWidth() - 50;
    private static final float TOP = PDRectangle.A4.getHeight() - 60;
    private static final float BOTTOM = 60;
    private static final float LINE = 14;
    private static final int DESCRIPTION_MAX = 58;

    private final PDDocument document = new PDDocument();
    private final PDFont font;
    private @Nullable PDPageContentStream page;
    private float y;

    private StatementPdf() throws IOException {
        // Comes with the library and goes into the file: neither the machine's fonts nor the reader's matter.
        try (InputStream file = PDDocument.class.getResourceAsStream(FONT)) {
            font = PDType0Font.load(document, Objects.requireNonNull(file, FONT));
        }
    }

    static byte[] of(Statement statement, String organization) {
        try (StatementPdf pdf = new StatementPdf();
                ByteArrayOutputStream bytes = new ByteArrayOutputStream()) {
            pdf.write(statement, organization);
            pdf.document.save(bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(Statement statement, String organization) throws IOException {
        document.getDocumentInformation().setTitle("Statement " + statement.month());
        newPage();
        text(16, LEFT, "Statement " + statement.month());
        y -= 2 * LINE;
        text(10, LEFT, "Organization " + organization);
        y -= LINE;
        text(10, LEFT, "All amounts in " + Money.CURRENCY + "; days in UTC");
        y -= 2 * LINE;
        row("Date", "Type", "Description", "Seconds", "Amount");
        row("", "", "Balance at the beginning", "", amount(statement.opening()));
        for (Statement.Line line : statement.lines()) {
            row(
                    LocalDate.ofInstant(line.at(), ZoneOffset.UTC).toString(),
                    line.type(),
                    line.description(),
                    line.seconds() == 0 ? "" : Long.toString(line.seconds()),
                    amount(line.amount()));
        }
        row("", "", "Total of the month", "", amount(statement.total()));
        row("", "", "Balance at the end", "", amount(statement.closing()));
        endPage();
    }

    private static String amount(Money amount) {
        return amount.euros().setScale(6).toPlainString();
    }

    private void row(String date, String type, String description, String seconds, String amount) throws IOException {
        if (y < BOTTOM) {
            newPage();
        }
        text(9, LEFT, date);
        text(9, LEFT + 60, type);
        text(9, LEFT + 125, shortened(description));
        textTo(RIGHT - 85, seconds);
        textTo(RIGHT, amount);
        y -= LINE;
    }

    private static String shortened(String text) {
        return text.length() <= DESCRIPTION_MAX ? text : text.substring(0, DESCRIPTION_MAX - 3) + "...";
    }

    private void text(float size, float x, String text) throws IOException {
        PDPageContentStream stream = page;
        if (stream == null || text.isEmpty()) {
            return;
        }
        stream.beginText();
        stream.setFont(font, size);
        stream.newLineAtOffset(x, y);
        stream.showText(drawable(text));
        stream.endText();
    }

    private void textTo(float right, String text) throws IOException {
        text(9, right - font.getStringWidth(drawable(text)) / 1000 * 9, text);
    }

    /** What the font has no picture of becomes a question mark. */
    private String drawable(String text) {
        StringBuilder drawable = new StringBuilder(text.length());
        text.codePoints().mapToObj(Character::toString).forEach(each -> drawable.append(known(each) ? each : "?"));
        return drawable.toString();
    }

    private boolean known(String character) {
        try {
            font.encode(character);
            return !Character.isISOControl(character.codePointAt(0));
        } catch (IllegalArgumentException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void newPage() throws IOException {
        endPage();
        PDPage next = new PDPage(PDRectangle.A4);
        document.addPage(next);
        page = new PDPageContentStream(document, next);
        y = TOP;
    }

    private void endPage() throws IOException {
        PDPageContentStream open = page;
        if (open != null) {
            open.close();
        }
        page = null;
    }

    @Override
    public void close() throws IOException {
        endPage();
        document.close();
    }
}
