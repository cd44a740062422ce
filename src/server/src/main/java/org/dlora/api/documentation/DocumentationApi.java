package org.dlora.api.documentation;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The endpoint of the OpenAPI document. */
@Configuration(proxyBeanMethods = false)
@Import(DocumentationController.class)
public class DocumentationApi {}
