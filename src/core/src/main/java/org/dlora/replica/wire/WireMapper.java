package org.dlora.replica.wire;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.List;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.policy.PolicySettings;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.AnnotationIntrospector;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.KeyDeserializer;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.dataformat.cbor.CBORMapper;

/** Mapping of the records of commands and events to CBOR. */
final class WireMapper {
    /** Sealed types, whose values carry the name of their record. */
    private static final List<Class<?>> SEALED =
            List.of(
                    ReplicaCommand.class,
                    ReplicaEvent.class,
                    GenerationEvent.class,
                    AdapterRef.class,
                    Mode.class,
                    ConstraintDefinition.class);

    private WireMapper() {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "is")
    private interface Named {}

    static ObjectMapper create() {
        var builder =
                CBORMapper.builder()
                        .changeDefaultVisibility(visibility ->
                                visibility
                                        .withGetterVisibility(Visibility.NONE)
                                        .withIsGetterVisibility(Visibility.NONE)
                                        .withFieldVisibility(Visibility.ANY))
                        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                        .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
                        .changeDefaultNullHandling(nulls ->
                                nulls.withValueNulls(Nulls.FAIL).withContentNulls(Nulls.FAIL))
                        .annotationIntrospector(
                                AnnotationIntrospector.pair(
                                        new NullableComponents(),
                                        new JacksonAnnotationIntrospector()))
                        .addModule(adapterKeys())
                        .addMixIn(PolicySource.class, Named.class)
                        .registerSubtypes(PolicySettings.class);
        for (var type : SEALED) {
            builder.addMixIn(type, Named.class);
            builder.registerSubtypes(type.getPermittedSubclasses());
        }
        return builder.build();
    }

    /** Maps models as keys: an adapter by its id, the base model by the empty string. */
    private static SimpleModule adapterKeys() {
        return new SimpleModule()
                .addKeySerializer(
                        AdapterRef.class,
                        new ValueSerializer<>() {
                            @Override
                            public void serialize(
                                    AdapterRef ref,
                                    JsonGenerator out,
                                    SerializationContext context) {
                                out.writeName(ref.isBase() ? "" : ref.toString());
                            }
                        })
                .addKeyDeserializer(
                        AdapterRef.class,
                        new KeyDeserializer() {
                            @Override
                            public Object deserializeKey(
                                    String key, DeserializationContext context) {
                                return key.isEmpty() ? AdapterRef.base() : AdapterRef.of(key);
                            }
                        });
    }
}
