//! The two passes, without binaryen.

use std::{fs, io, path::Path};
use wasmparser::{BinaryReaderError, Parser, Payload, Validator, WasmFeatures};

/// A pass over a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Removes debug information in the DWARF format.
    StripDwarf,
    /// Makes sure that no instruction of the sign extension proposal is left.
    SignextLowering,
}

/// Why a module was not written.
#[derive(Debug, thiserror::Error)]
pub enum OptimizationError {
    /// The module can't be read, or the result not written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Not a module, or one that needs more than the first version of WebAssembly.
    #[error("not a module of WebAssembly's first version: {0}")]
    Module(#[from] BinaryReaderError),
}

/// What to do with a module.
#[derive(Debug, Default)]
pub struct OptimizationOptions {
    passes: Vec<Pass>,
    names: bool,
}

impl OptimizationOptions {
    /// Only the passes that are added.
    pub fn new_opt_level_0() -> Self {
        Self::default()
    }

    /// Always so here: a module that needs more is an error.
    pub fn mvp_features_only(&mut self) -> &mut Self {
        self
    }

    /// Whether to keep the section of names.
    pub fn debug_info(&mut self, keep: bool) -> &mut Self {
        self.names = keep;
        self
    }

    /// Adds a pass.
    pub fn add_pass(&mut self, pass: Pass) -> &mut Self {
        self.passes.push(pass);
        self
    }

    /// Reads the module `from`, runs the passes, and writes the module `to`, which may be the same file.
    pub fn run(
        &self,
        from: impl AsRef<Path>,
        to: impl AsRef<Path>,
    ) -> Result<(), OptimizationError> {
        let module = fs::read(from)?;
        fs::write(to, self.passed(&module)?)?;
        Ok(())
    }

    fn passed(&self, module: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
        Validator::new_with_features(WasmFeatures::WASM1).validate_all(module)?;
        let mut kept = Vec::with_capacity(module.len());
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::Version { range, .. } => kept.extend_from_slice(&module[range]),
                Payload::CustomSection(section) if !self.keeps(section.name()) => {}
                payload => {
                    if let Some((id, range)) = payload.as_section() {
                        section(&mut kept, id, &module[range]);
                    }
                }
            }
        }
        Ok(kept)
    }

    fn keeps(&self, custom_section: &str) -> bool {
        let is_dwarf = custom_section.starts_with(".debug_");
        !(is_dwarf && self.passes.contains(&Pass::StripDwarf))
            && (self.names || custom_section != "name")
    }
}

/// A section is its id, its length (LEB128), and its bytes.
fn section(module: &mut Vec<u8>, id: u8, bytes: &[u8]) {
    module.push(id);
    let mut length = bytes.len();
    while length >= 0x80 {
        module.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    module.push(length as u8);
    module.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [u8; 8] = *b"\0asm\x01\0\0\0";

    fn custom(name: &str, length: usize) -> Vec<u8> {
        let mut bytes = vec![name.len() as u8];
        bytes.extend_from_slice(name.as_bytes());
        bytes.resize(bytes.len() + length, 7);
        let mut module = Vec::new();
        section(&mut module, 0, &bytes);
        module
    }

    /// A module with one function that takes an i32 and gives an i32, with this body.
    fn function(body: &[u8]) -> Vec<u8> {
        let mut module = HEADER.to_vec();
        section(&mut module, 1, &[1, 0x60, 1, 0x7f, 1, 0x7f]);
        section(&mut module, 3, &[1, 0]);
        let mut code = vec![1, body.len() as u8 + 2, 0];
        code.extend_from_slice(body);
        code.push(0x0b);
        section(&mut module, 10, &code);
        module
    }

    fn builders_options() -> OptimizationOptions {
        let mut options = OptimizationOptions::new_opt_level_0();
        options
            .mvp_features_only()
            .debug_info(true)
            .add_pass(Pass::StripDwarf)
            .add_pass(Pass::SignextLowering);
        options
    }

    #[test]
    fn only_debug_information_goes() {
        let code = function(&[0x20, 0]);
        // A length of more than one byte of LEB128, and of more than two.
        let (version, name) = (custom("runtime_version", 300), custom("name", 20_000));
        let with = |sections: &[&[u8]]| [&[code.as_slice()], sections].concat().concat();
        let module = with(&[
            &custom(".debug_info", 500),
            &version,
            &custom(".debug_str", 3),
            &name,
        ]);
        assert_eq!(
            builders_options().passed(&module).unwrap(),
            with(&[&version, &name])
        );
        assert_eq!(
            OptimizationOptions::new_opt_level_0()
                .debug_info(true)
                .passed(&module)
                .unwrap(),
            module
        );
        assert_eq!(
            builders_options()
                .debug_info(false)
                .passed(&module)
                .unwrap(),
            with(&[&version])
        );
    }

    #[test]
    fn sign_extension_is_refused() {
        let signed = function(&[0x20, 0, 0xc0]);
        let error = OptimizationError::from(builders_options().passed(&signed).unwrap_err());
        assert!(error.to_string().contains("sign extension"), "{error}");
        assert!(
            error
                .to_string()
                .starts_with("not a module of WebAssembly's first version"),
            "{error}"
        );
    }

    #[test]
    fn what_is_not_a_module_is_refused() {
        let whole = function(&[0x20, 0]);
        assert!(builders_options().passed(&whole).is_ok());
        for cut in 0..whole.len() {
            // A module may end after any whole section, but not with a function that has no code.
            assert!(
                builders_options().passed(&whole[..cut]).is_err() || cut == 8 || cut == 16,
                "{cut}"
            );
        }
    }

    #[test]
    fn the_module_may_replace_itself() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("module.wasm");
        let module = function(&[0x20, 0]);
        fs::write(
            &file,
            [module.as_slice(), &custom(".debug_line", 9)].concat(),
        )
        .unwrap();
        builders_options().run(&file, &file).unwrap();
        assert_eq!(fs::read(&file).unwrap(), module);
        let missing = builders_options()
            .run(folder.path().join("none.wasm"), &file)
            .unwrap_err();
        assert!(matches!(missing, OptimizationError::Io(_)));
        assert_eq!(fs::read(&file).unwrap(), module);
    }
}
