package org.dlora.api.admin.history;

import com.fasterxml.jackson.annotation.JsonRawValue;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.dlora.api.web.ApiException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.dataformat.csv.CsvMapper;

/**
 * Writer of rows as CSV (RFC 4180) with a header line. A text that a spreadsheet would take for a
 * formula gets an apostrophe in front.
 */
final class CsvWriter {
    static final MediaType CSV = new MediaType("text", "csv", StandardCharsets.UTF_8);

    private static final CsvMapper MAPPER =
            CsvMapper.builder()
                    .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                    .annotationIntrospector(new QuotedJson())
                    .addModule(new SimpleModule().addSerializer(String.class, new PlainText()))
                    .build();

    private CsvWriter() {}

    /**
     * Returns whether a caller asks for CSV: by {@code format}, or else by its header {@code
     * Accept}.
     *
     * @param format {@code csv} or {@code json}; null if it is not given
     * @throws org.dlora.api.web.ApiException with status 400 if {@code format} is another
     */
    static boolean isAskedFor(@Nullable String format, ServerHttpRequest call) {
        if (format == null) {
            return isAccepted(call.getHeaders());
        }
        return switch (format) {
            case "csv" -> true;
            case "json" -> false;
            default -> throw ApiException.wrong("format", "json or csv", format);
        };
    }

    private static boolean isAccepted(HttpHeaders headers) {
        return headers.getAccept().stream().anyMatch(CSV::equalsTypeAndSubtype);
    }

    static <R> byte[] write(Class<R> type, List<R> rows) {
        return MAPPER.writer(MAPPER.schemaFor(type).withHeader()).writeValueAsBytes(rows);
    }

    /** JSON in a column is a text, with its quotes doubled; in an answer of JSON it is raw. */
    private static final class QuotedJson extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1;

        @Override
        public @Nullable Object findSerializer(MapperConfig<?> config, Annotated column) {
            return column.hasAnnotation(JsonRawValue.class)
                    ? null
                    : super.findSerializer(config, column);
        }
    }

    private static final class PlainText extends ValueSerializer<String> {
        @Override
        public void serialize(String text, JsonGenerator out, SerializationContext context) {
            boolean isFormula = !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0;
            out.writeString(isFormula ? "'" + text : text);
        }
    }
}
