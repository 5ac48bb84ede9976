// custom-elements.json of the package: what <limbus-segmenter> offers, for editors, Storybook and the like
// (https://github.com/webcomponents/custom-elements-manifest, schema 2.1.0).
//
// Read from the element's sources, with the compiler that makes its declarations: what is public in the class and
// those below it, the interfaces of its attributes and events, and the tags @slot, @csspart and @cssprop.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const web = dirname(fileURLToPath(import.meta.url));
const kClass = 'LimbusSegmenterElement';
const kTag = 'limbus-segmenter';
const kModule = 'lib/element.js';
// 'mask' | 'none' for what the sources call Overlay.
const kSpelledOut = ts.TypeFormatFlags.InTypeAlias;

/** A compiler's program of the package. */
function readProgram() {
  const at = join(web, 'tsconfig.package.json');
  const read = ts.readConfigFile(at, ts.sys.readFile);
  const config = ts.parseJsonConfigFileContent(read.config, ts.sys, web);
  return ts.createProgram(config.fileNames, config.options);
}

/** The statement of a file that declares this name and satisfies `is`: an interface, a class. */
function declared(program, file, name, is) {
  const source = program.getSourceFile(join(web, 'src', file));
  const found = source?.statements.find((each) => is(each) && each.name?.text === name);
  if (!found) throw new Error(`src/${file} declares no ${name}`);
  return found;
}

/** Of a doc comment the words, without its tags. */
function wordsOf(symbol, checker) {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
  return text ? { description: text } : {};
}

/** The same of one declaration, where a name has several. */
function aboutOf(node) {
  return ts.getTextOfJSDocComment(ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc).comment).trim();
}

/** `@slot poster - shown ...` -> { name: 'poster', description: 'shown ...' }; `name` is '' where there is none. */
function tagged(node, tag) {
  return ts
    .getJSDocTags(node)
    .filter(({ tagName }) => tagName.text === tag)
    .map(({ comment }) => {
      const [, name, description] = /^(\S*?)\s*- (.*)$/s.exec(ts.getTextOfJSDocComment(comment));
      return { name, description: description.replaceAll(/\s+/g, ' ') };
    });
}

/** The class and those of ours that it extends. */
function lineOf(node, checker) {
  const parent = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
  let symbol = parent && checker.getSymbolAtLocation(parent.types[0].expression);
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  const above = symbol?.declarations?.find(ts.isClassDeclaration);
  return above ? [node, ...lineOf(above, checker)] : [node];
}

function isPublic(member) {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Static;
  return (
    member.name !== undefined &&
    ts.isIdentifier(member.name) &&
    !(ts.getCombinedModifierFlags(member) & hidden) &&
    !ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal')
  );
}

/** 'assets-url' -> 'assetsUrl' */
const propertyOf = (attribute) => attribute.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

export function elementsManifest() {
  const program = readProgram();
  const checker = program.getTypeChecker();
  const element = declared(program, 'element.ts', kClass, ts.isClassDeclaration);
  const textOf = (type, flags = 0) =>
    checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation | flags);
  const membersOf = (file, name) =>
    declared(program, file, name, ts.isInterfaceDeclaration).members.map((member) => ({
      name: member.name.text,
      symbol: checker.getSymbolAtLocation(member.name),
      type: checker.getNonNullableType(checker.getTypeAtLocation(member)),
    }));

  const accepted = membersOf('element/attributes.ts', 'LimbusSegmenterAttributes');
  const attributeOf = new Map(accepted.map(({ name }) => [propertyOf(name), name]));

  const fieldOf = (getter, symbol) => {
    const attribute = attributeOf.get(symbol.name);
    return {
      kind: 'field',
      name: symbol.name,
      type: { text: textOf(checker.getTypeAtLocation(getter), attribute ? kSpelledOut : 0) },
      ...wordsOf(symbol, checker),
      ...(symbol.flags & ts.SymbolFlags.SetAccessor ? {} : { readonly: true }),
      ...(attribute ? { attribute, reflects: true } : {}),
    };
  };
  const methodOf = (method, symbol) => {
    const signature = checker.getSignatureFromDeclaration(method);
    return {
      kind: 'method',
      name: symbol.name,
      ...wordsOf(symbol, checker),
      parameters: method.parameters.map((parameter) => ({
        name: parameter.name.text,
        type: { text: textOf(checker.getTypeFromTypeNode(parameter.type)) },
        ...(parameter.questionToken ? { optional: true } : {}),
      })),
      return: { type: { text: textOf(checker.getReturnTypeOfSignature(signature)) } },
    };
  };
  const members = lineOf(element, checker)
    .flatMap((each) => [...each.members])
    .filter(isPublic)
    .flatMap((member) => {
      const symbol = checker.getSymbolAtLocation(member.name);
      if (ts.isGetAccessor(member)) return [fieldOf(member, symbol)];
      return ts.isMethodDeclaration(member) ? [methodOf(member, symbol)] : [];
    });
  const fieldNamed = (name) => members.find((member) => member.name === name);

  const attributes = accepted.map(({ name, type }) => ({
    name,
    type: { text: textOf(type, kSpelledOut) },
    description: fieldNamed(propertyOf(name)).description,
    fieldName: propertyOf(name),
  }));
  const events = membersOf('element/events.ts', 'LimbusSegmenterEvents').map(
    ({ name, symbol, type }) => ({
      name,
      type: { text: textOf(type) },
      ...wordsOf(symbol, checker),
    }),
  );
  const declaration = {
    kind: 'class',
    customElement: true,
    tagName: kTag,
    name: kClass,
    description: aboutOf(element),
    superclass: { name: 'HTMLElement' },
    attributes,
    members,
    events,
    slots: tagged(element, 'slot'),
    cssParts: tagged(element, 'csspart'),
    cssProperties: tagged(element, 'cssprop'),
  };
  const reference = { name: kClass, module: kModule };
  return {
    schemaVersion: '2.1.0',
    modules: [
      {
        kind: 'javascript-module',
        path: kModule,
        declarations: [declaration],
        exports: [
          { kind: 'js', name: kClass, declaration: reference },
          { kind: 'custom-element-definition', name: kTag, declaration: reference },
        ],
      },
    ],
  };
}
