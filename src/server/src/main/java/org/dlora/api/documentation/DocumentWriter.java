package org.dlora.api.documentation;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Locale;
import org.springdoc.core.customizers.SpringDocCustomizers;
import org.springdoc.core.properties.SpringDocConfigProperties;
import org.springdoc.core.providers.SpringDocProviders;
import org.springdoc.core.service.AbstractRequestService;
import org.springdoc.core.service.GenericResponseService;
import org.springdoc.core.service.OpenAPIService;
import org.springdoc.core.service.OperationService;
import org.springdoc.webflux.api.OpenApiWebfluxResource;
import org.springframework.beans.factory.ObjectFactory;

/** springdoc's maker of the document, asked without a request. */
final class DocumentWriter extends OpenApiWebfluxResource {
    /** Servers of the document: that which answers it, under whatever name. */
    private static final String HERE = "/";

    DocumentWriter(
            ObjectFactory<OpenAPIService> services,
            AbstractRequestService requests,
            GenericResponseService responses,
            OperationService operations,
            SpringDocConfigProperties properties,
            SpringDocProviders providers,
            SpringDocCustomizers customizers) {
        super(services, requests, responses, operations, properties, providers, customizers);
    }

    WrittenDocument write() throws JsonProcessingException {
        initOpenAPIBuilder(Locale.ROOT);
        var document = getOpenApi(HERE, Locale.ROOT);
        return new WrittenDocument(writeJsonValue(document), writeYamlValue(document));
    }
}
