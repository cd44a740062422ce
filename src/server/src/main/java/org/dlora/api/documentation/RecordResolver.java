package org.dlora.api.documentation;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.github.therapi.runtimejavadoc.Comment;
import com.github.therapi.runtimejavadoc.CommentFormatter;
import com.github.therapi.runtimejavadoc.ParamJavadoc;
import com.github.therapi.runtimejavadoc.RuntimeJavadoc;
import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverter;
import io.swagger.v3.core.converter.ModelConverterContext;
import io.swagger.v3.core.jackson.ModelResolver;
import io.swagger.v3.core.util.Json31;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * swagger-core's resolver of schemas, with what records say beside their types: components that may
 * be null, members that may be absent, and the Javadoc.
 */
final class RecordResolver extends ModelResolver {
    private static final SnakeCaseStrategy NAMES = new SnakeCaseStrategy();
    private static final String OURS = "org.dlora.";

    private final CommentFormatter formatter = new CommentFormatter();
    private final Map<String, Class<?>> named = new HashMap<>();

    RecordResolver() {
        super(
                Json31.mapper()
                        .copy()
                        .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE),
                new SchemaNames());
        openapi31(true);
    }

    /** Returns the name of a record's schema. */
    String name(Class<?> type) {
        return _typeName(_mapper.constructType(type));
    }

    @Override
    public @Nullable Schema<?> resolve(
            AnnotatedType annotated, ModelConverterContext context, Iterator<ModelConverter> next) {
        Schema<?> resolved = super.resolve(annotated, context, next);
        var type =
                annotated.getType() instanceof JavaType java
                        ? java.getRawClass()
                        : _mapper.constructType(annotated.getType()).getRawClass();
        if (type.isRecord() && type.getName().startsWith(OURS)) {
            var other = named.putIfAbsent(name(type), type);
            if (other != null && other != type) {
                throw new IllegalStateException(
                        "%s and %s have schemas of one name".formatted(type, other));
            }
            Schema<?> model = context.getDefinedModels().get(name(type));
            if (model != null) {
                describe(model, type);
            }
        }
        return resolved;
    }

    private void describe(Schema<?> model, Class<?> type) {
        model.setDescription(text(RuntimeJavadoc.getJavadoc(type).getComment()));
        model.setRequired(null);
        components(type).forEach(component -> describe(model, component));
    }

    private static Stream<RecordComponent> components(Class<?> type) {
        return Stream.of(type.getRecordComponents())
                .filter(component -> !component.getAccessor().isAnnotationPresent(JsonIgnore.class))
                .flatMap(component ->
                        component.getAccessor().isAnnotationPresent(JsonUnwrapped.class)
                                ? components(component.getType())
                                : Stream.of(component));
    }

    private void describe(Schema<?> model, RecordComponent component) {
        var name = NAMES.translate(component.getName());
        Schema<?> property = requireNonNull(model.getProperties().get(name), name);
        if (component.getAccessor().isAnnotationPresent(JsonRawValue.class)) {
            property = new JsonSchema().types(Set.of("object"));
        }
        if (component.getAnnotatedType() instanceof AnnotatedParameterizedType list
                && property.getItems() != null
                && list.getAnnotatedActualTypeArguments()[0].isAnnotationPresent(Nullable.class)) {
            property.setItems(Nullability.optional(property.getItems()));
        }
        boolean mayBeNull = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
        boolean mayBeAbsent = mayBeNull && isOmitted(component);
        if (mayBeNull && !mayBeAbsent) {
            property = Nullability.optional(property);
        }
        var said = text(component);
        if (said != null) {
            property.setDescription(said);
        }
        model.addProperty(name, property);
        if (!mayBeAbsent) {
            model.addRequiredItem(name);
        }
    }

    private static boolean isOmitted(RecordComponent component) {
        return Stream.of(component.getAccessor(), component.getDeclaringRecord())
                .map(at -> at.getAnnotation(JsonInclude.class))
                .anyMatch(include -> include != null && include.value() == Include.NON_NULL);
    }

    private @Nullable String text(RecordComponent component) {
        return RuntimeJavadoc.getJavadoc(component.getDeclaringRecord())
                .getRecordComponents()
                .stream()
                .filter(said -> said.getName().equals(component.getName()))
                .map(ParamJavadoc::getComment)
                .map(this::text)
                .findFirst()
                .orElse(null);
    }

    /** Returns a comment as Markdown, without the links to other classes. */
    private @Nullable String text(Comment comment) {
        var html = formatter.format(comment);
        return html.isBlank()
                ? null
                : html.replaceAll("\\s+", " ")
                        .replaceAll("</?code>", "`")
                        .replaceAll("\\{@(?:link|value) [^}]*?([A-Za-z]+)}", "$1")
                        .replaceAll("<[^>]+>", " ")
                        .replace("&quot;", "\"")
                        .replace("&lt;", "<")
                        .replace("&gt;", ">")
                        .replace("&amp;", "&")
                        .strip();
    }
}
